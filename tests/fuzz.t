#!/bin/sh
# Each fuzz target runs over its committed corpus, then over new inputs: the same ones each time, so that a
# commit is judged alike wherever it is tested. `make fuzz` looks further, from another seed each time.
# run as: root
# timeout: 300
. "$(dirname "$0")/lib.sh"

define_prereq fuzz_programs package 'no fuzz programs: clang with its libFuzzer is not there' \
	'ls "$NSK_BUILD"/fuzz/ini'
skip_unless fuzz_programs

runs=${NSK_FUZZ_RUNS:-20000}

for source in "$NSK_ROOT"/tests/fuzz/*.c; do
	name=${source##*/}
	name=${name%.c}
	it "$name: every case of the corpus" <<'.'
		run timeout 60 "$NSK_BUILD/fuzz/$name" -runs=0 -verbosity=0 "$NSK_ROOT/tests/fuzz/corpus/$name"
		expect_status 0
.
	it "$name: new ones, $runs or as many as 5 seconds hold" <<'.'
		mkdir -p "found.$name"
		run timeout 60 "$NSK_BUILD/fuzz/$name" -seed=1 -runs="$runs" -max_total_time=5 -verbosity=0 \
			-artifact_prefix="$T/" "found.$name" "$NSK_ROOT/tests/fuzz/corpus/$name"
		expect_status 0
.
done

it 'every target has a corpus, every corpus a target' <<'.'
	for source in "$NSK_ROOT"/tests/fuzz/*.c; do
		name=${source##*/}
		expect_exists "$NSK_ROOT/tests/fuzz/corpus/${name%.c}"
	done
	for corpus in "$NSK_ROOT"/tests/fuzz/corpus/*; do
		expect_exists "$NSK_ROOT/tests/fuzz/${corpus##*/}.c"
	done
.

finish
