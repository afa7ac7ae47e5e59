"""Leave (请假): asked for, counted in working days against what one has, and everything that rests meanwhile."""
