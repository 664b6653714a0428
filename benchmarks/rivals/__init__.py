"""The same job with other libraries: each module runs in an environment of its own.

`python -m benchmarks.rivals.NAME PAIRS ITEMS` prints one JSON object. Only the standard library
and the library itself may be imported here.
"""
