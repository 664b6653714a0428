"""The server: HTTP API, live stream and pages over any `Source`."""
