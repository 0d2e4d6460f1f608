print("pgregent")
