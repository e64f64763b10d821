"""How media is made: settings -> plan -> argv. Pure: no file is opened and no process started on this floor."""
