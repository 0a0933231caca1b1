"""Clinical reports: launched, processed, reviewed, approved and frozen."""
