"""`lipschitz compare`."""

def test_x(cli, tiny, tmp_path):
    import time
    t=time.time()
    done = cli("compare", "weight_clipping", "spectral_norm", "--on", "swiss_roll", "--seeds", 1, "--workers", 1, "--out", tmp_path/"a", *tiny)
    print(time.time()-t)
    print(done)
    assert 0

def test_y(cli, tiny, tmp_path, no_report):
    import time
    t=time.time()
    done = cli("compare", "weight_clipping", "spectral_norm", "--on", "swiss_roll", "--seeds", 1, "--workers", 1, "--out", tmp_path/"a", *tiny)
    print(time.time()-t)
    print(done)
    assert 0
