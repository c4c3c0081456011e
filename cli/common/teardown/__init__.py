"""How a lake is left: what goes, what stays, what blocks, what would still cost, and whether it is so afterwards."""
