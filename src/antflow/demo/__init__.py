"""`antflow demo`: a real pipeline on input that every machine has, Python's own library."""
