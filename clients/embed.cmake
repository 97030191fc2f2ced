# Writes OUTPUT, a C++ source that defines VARIABLE in NAMESPACE as the text of INPUT.
file(READ "${INPUT}" TEXT)
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"\n\nconst char ${NAMESPACE}::${VARIABLE}[] = R\"~~~~(${TEXT})~~~~\";\n")
