"""Tasks (任务): given to oneself, to people below, to whole units; by themselves or as parts of a sales plan."""
