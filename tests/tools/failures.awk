# Of a test file's output, what concerns failures: all but the tests that passed and what belongs
# to them.
/^ok / {
	hidden = 1
	next
}
/^not ok / || /^# (residue|timed out|broken off|no capsule|hung)/ { hidden = 0 }
/^1\.\./ {
	hidden = 0
	next
}
!hidden { print }
