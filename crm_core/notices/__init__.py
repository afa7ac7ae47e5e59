"""What is announced down the line: notes, instructions to units, policies; and who has read them (BR03 BR10 KN11)."""
