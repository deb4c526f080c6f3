# Adds up what tap.awk said of each file: failures, then skips by reason, then the closing line.
# Status 1 when anything failed or nothing ran at all.

$1 == "passed" { passed += $2 }
$1 == "failed" { failed += $2 }
$1 == "skipped" { skipped += $2 }
$1 == "bad" { bad[++bads] = substr($0, 5) }
$1 == "skip" {
	split(substr($0, 6), part, "\t")
	if (!(part[1] in where))
		order[++reasons] = part[1]
	count[part[1]]++
	if (count[part[1]] <= 4)
		where[part[1]] = where[part[1]] (where[part[1]] == "" ? "" : ", ") part[2]
}

END {
	if (bads)
		print "\nfailed:"
	for (i = 1; i <= bads; i++)
		print "  " bad[i]
	if (reasons)
		print "\nskipped:"
	for (i = 1; i <= reasons; i++) {
		more = count[order[i]] > 4 ? sprintf(" and %d more", count[order[i]] - 4) : ""
		printf "  %d: %s: %s%s\n", count[order[i]], order[i], where[order[i]], more
	}
	if (passed + failed == 0)
		print "\nnothing ran"
	printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0 || passed == 0
}
