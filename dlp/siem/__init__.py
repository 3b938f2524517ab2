"""Tells a SIEM of incidents and of what administrators did; it never waits for one."""
