"""The built-in constraints: one file each, ordinary plugins with an entry point of their own."""
