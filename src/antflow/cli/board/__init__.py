"""The screen of `antflow top`: a whole cluster, live, in the terminal."""
