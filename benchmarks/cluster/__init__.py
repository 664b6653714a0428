"""The server beside Flower 2.2, on one Redis that the benchmark starts: `make bench-cluster`."""
