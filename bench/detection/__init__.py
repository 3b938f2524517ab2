"""How well detection does: recall over forms and formats, false stops, calibration."""
