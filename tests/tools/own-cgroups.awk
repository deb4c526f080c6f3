# Reads /proc/self/cgroup and then /proc/self/mountinfo; prints `CONTROLLER DIRECTORY` for each
# hierarchy that the caller is in: a v1 controller's name, `name=…` of one without a controller, or
# `unified` for v2. With want=NAME that one only.

FNR == NR {
	split($0, part, ":")
	path = substr($0, length(part[1]) + length(part[2]) + 3)
	# Any other without a controller is one of v1 that is about to vanish.
	if (part[2] == "") {
		if (part[1] == "0")
			own["unified"] = path
	} else {
		count = split(part[2], name, ",")
		for (i = 1; i <= count; i++)
			own[name[i]] = path
	}
	next
}

# mountinfo: id parent dev root target options [optional…] - fstype source super-options
{
	dash = 0
	for (i = 7; i <= NF; i++)
		if ($i == "-") {
			dash = i
			break
		}
	type = $(dash + 1)
	if (type == "cgroup2") {
		show("unified", $4, $5)
	} else if (type == "cgroup") {
		count = split($(dash + 3), name, ",")
		for (k = 1; k <= count; k++)
			show(name[k], $4, $5)
	}
}

function show(controller, root, target,    path) {
	if (!(controller in own) || (want != "" && want != controller))
		return
	path = own[controller]
	# The mount shows its hierarchy from `root` on.
	if (root != "/" && index(path "/", root "/") == 1)
		path = substr(path, length(root) + 1)
	if (path == "/")
		path = ""
	print controller, target path
}
