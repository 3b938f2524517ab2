"""Dashboards, alerts and recording rules."""
