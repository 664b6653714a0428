"""The demo's cluster: real workers on this machine, without a broker."""
