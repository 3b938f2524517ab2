"""Reports for people and authorities, made from incidents: masks, counts and dates alone."""
