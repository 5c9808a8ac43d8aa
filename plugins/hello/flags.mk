hello.libs := -lm
