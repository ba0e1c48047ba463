"""Assembly: the only package that knows everything."""
