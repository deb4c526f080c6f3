# Reads the TAP of one test file, given its exit status, label, role and time (1/100 s). Prints
#   line TEXT                the file's line in the list
#   passed N, failed N, skipped N
#   bad LABEL (ROLE) TEST    each failure
#   skip REASON<tab>LABEL TEST    each skip
# What broke off, left something behind or hung has failed even if all of its tests passed.

BEGIN { name = label " (" role ")" }

/^ok / {
	seen++
	if (match($0, /# SKIP */)) {
		skipped++
		reason[skipped] = substr($0, RSTART + RLENGTH)
		which[skipped] = $2
	} else {
		passed++
	}
	next
}
/^not ok / {
	seen++
	bad[++failed] = substr($0, 8)
	next
}
/^1\.\.[0-9]+/ {
	plan = substr($1, 4) + 0
	planned = 1
	if (plan == 0 && match($0, /# SKIP */)) {
		whole = substr($0, RSTART + RLENGTH)
		skipped++
		reason[skipped] = whole
		which[skipped] = ""
	}
	next
}
/^# residue: / { residue++ }
/^# timed out/ { late = substr($0, 3) }

END {
	if (late != "")
		bad[++failed] = late " after test " (seen + 0)
	else if (status == 98)
		bad[++failed] = "there is no capsule"
	else if (!planned)
		bad[++failed] = "it broke off (status " status ") after test " (seen + 0)
	else if (plan != seen + 0)
		bad[++failed] = "it planned " plan " tests and ran " (seen + 0)
	else if (seen + 0 == 0 && whole == "")
		bad[++failed] = "it ran no test"
	if (residue || status == 99)
		bad[++failed] = "it left something behind"
	else if (status != 0 && failed + 0 == 0)
		bad[++failed] = "it ended with status " status

	text = sprintf("%d passed", passed)
	if (failed)
		text = text sprintf(", %d failed", failed)
	if (skipped)
		text = text sprintf(", %d skipped", skipped)
	printf "line %-4s %-44s %s, %.2f s\n", failed ? "FAIL" : "ok", name, text, took / 100
	printf "passed %d\nfailed %d\nskipped %d\n", passed, failed, skipped
	for (i = 1; i <= failed; i++)
		printf "bad %s: %s\n", name, bad[i]
	for (i = 1; i <= skipped; i++)
		printf "skip %s\t%s%s\n", reason[i], name, which[i] == "" ? "" : " " which[i]
}
