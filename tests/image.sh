# shellcheck shell=sh
# A root file system for tests, of busybox alone, and starts from a configuration file.

# image DIR: commands, a passwd and a group file, and empty mount points.
image() {
	mkdir -p "$1/bin" "$1/etc" "$1/proc" "$1/sys" "$1/dev" "$1/tmp" "$1/root" "$1/home/bob"
	chmod 755 "$1"
	cp "$(command -v busybox)" "$1/bin/busybox"
	cp "$NSK_TOOLS/posture" "$1/bin/posture"
	for _image_name in sh cat ls id touch mkdir rmdir rm ln grep head sleep mount umount echo hostname \
		stat env readlink ps kill test true false mknod dd tty stty printf wc tr od find chmod; do
		ln -sf busybox "$1/bin/$_image_name"
	done
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'bob:x:1000:1000:Bob:/home/bob:/bin/sh' \
		'nohome:x:1001:1001::rel/ative:/bin/sh' 'nobody:x:65534:65534::/:/bin/false' >"$1/etc/passwd"
	printf '%s\n' 'root:x:0:' 'tty:x:5:' 'audio:x:29:alice,bob' 'bob:x:1000:' 'video:x:44:bob' \
		'games:x:60:bobby,xbob' 'nogroup:x:65534:' >"$1/etc/group"
}

# conf LINE...: the configuration file of the next start.
conf() {
	printf '%s\n' "$@" >"$T/c.ini"
}

# start COMMAND...: runs it in a container of that file.
start() {
	run nsexec --config "$T/c.ini" -- nsinit -- "$@"
}
