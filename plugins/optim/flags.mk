# Loops over all elements of a parameter, with square roots: worth the vector units. No
# function here looks at errno.
optim.flags := -O3 -fno-math-errno
