"""Layers that the paper's networks are made of, with the authors' padding and initial weights."""
