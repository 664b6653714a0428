"""Who may do what: identity, permissions, and the gate that every request passes."""
