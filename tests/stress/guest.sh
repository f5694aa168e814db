#!/bin/sh
# guest.sh SECONDS CPUS SEED REST ALONE PROGRAM: in the virtual machine: sessions of all of /modules at once, again and again, while processes come
# and go, a module too, processors are taken off and on, memory is short, allocations fail, and daemons are stopped and killed. What goes wrong
# is a line that begins with WRONG.
seconds=$1 cpus=$2 RANDOM=$3 rests=$4 alone=$5 program=$6
debug=/sys/kernel/debug
now() { cut -d. -f1 /proc/uptime; }
say() { echo "$(now) s: $1"; }
chance() { [ $(( RANDOM % $1 )) = 0 ]; }
end=$(( $(now) + seconds ))
# The machine's kernel was told to have programs at the same addresses each time.
echo 2 >/proc/sys/kernel/randomize_va_space
rounds=0 sessions=0 killed=0 failed=0

# Processes that fork, read and write for ever, each in a group of its own.
loads=
start() { setsid sh -c "$1" >/dev/null 2>&1 & loads="$loads $!"; }
for cpu in $(seq $cpus); do
	start 'while :; do true & (exit 1); /bin/true; wait; done'
	start "while :; do $program 20; done"
	start "while :; do dd if=/dev/zero of=/run/load$cpu bs=16k count=40; cat /run/load$cpu; rm /run/load$cpu; done"
done
signal_loads() { for load in $loads; do kill -$1 -$load; done; }
# Emulated processors that run at the same time may hang where one changes code that another executes: then only one runs while probes come
# and go, and none are armed by conditions. And a kernel with checkers is so slow that what was interrupted in it gets no processor for
# minutes, and holds up all who wait for readers of tasks: there the loads rest meanwhile.
processors() { for cpu in $(seq 1 $(( cpus - 1 ))); do echo $1 >/sys/devices/system/cpu/cpu$cpu/online; done; }
rest() { [ $rests = 1 ] && signal_loads STOP; [ $alone = 1 ] && processors 0; }
work() { [ $alone = 1 ] && processors 1; [ $rests = 1 ] && signal_loads CONT; }

# What is not given back grows from round to round.
figure() { awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo; }
kept() { echo 3 >/proc/sys/vm/drop_caches; echo $(( $(figure SUnreclaim) + $(figure Percpu) )); }

# Objects of the kernel that nothing points to any more, if this kernel looks for them.
leaks() {
	[ -e $debug/kmemleak ] || return
	for again in 1 2; do sleep 6; echo scan >$debug/kmemleak; done
	grep -q . $debug/kmemleak && { echo "WRONG: leaks"; head -60 $debug/kmemleak; }
}

# A load whose allocations fail now and then, if this kernel can do that; it may end with an error, or before it has begun.
prepare_failures() {
	fail=$debug/failslab
	[ -e $fail ] || return
	echo Y >$fail/task-filter; echo N >$fail/ignore-gfp-wait; echo 0 >$fail/verbose
	echo 1 >$fail/probability; echo 1 >$fail/interval; echo -1 >$fail/times
}
load() {
	name=$(basename $1 .ko)
	( [ "$2" = short ] && [ -e $debug/failslab ] && echo 1 >/proc/self/make-it-fail
	exec stapc load $1 ) >/dev/null 2>/run/err.$name &
	daemons="$daemons $!" count=$(( count + 1 ))
	[ "$2" = short ] && shorts="$shorts $!,"
}

states() { cat $debug/stapc_*/status 2>/dev/null; }
await_running() {
	for try in $(seq 1800); do
		[ $(states | grep -c 'state running') -ge $1 ] && return
		usleep 100000
	done
	echo "WRONG: of $1 sessions $(states | grep -c 'state running') run after three minutes"
	for error in /run/err.*; do tail -n 3 $error; done
}

# What the kernel keeps free is all but a little.
least=/proc/sys/vm/min_free_kbytes
usual=$(cat $least)
disturb() {
	case $(( RANDOM % 6 )) in
	0) insmod /run/to-probe.ko && echo 50 >/sys/module/to_probe/parameters/go; rmmod to_probe ;;
	1) [ $cpus -gt 1 ] && { cpu=/sys/devices/system/cpu/cpu$(( 1 + RANDOM % (cpus - 1) ))/online; echo 0 >$cpu; usleep 200000; echo 1 >$cpu; } ;;
	2) echo $(( $(figure MemAvailable) - 60000 )) >$least; usleep 300000; echo $usual >$least ;;
	3) for daemon in $daemons; do chance 2 && { kill -STOP $daemon; usleep 300000; kill -CONT $daemon; }; done ;;
	*) usleep $(( RANDOM % 1000 * 1000 )) ;;
	esac
}

# The counts of the sessions that nobody unloaded: each hit is in one of them. Those of the others their daemons have looked at.
check_counts() {
	for status in $debug/stapc_*/status; do
		[ -e $status ] || continue
		awk '{ n[$1] = $2 } END {
			if ($0 != "" && n["state"] == "stopped" && n["hits"] != n["handled"] + n["skipped_reentry"] + n["skipped_lock"] + n["skipped_stack"] + n["skipped_missed"])
				print "WRONG: of " n["hits"] " hits " n["handled"] " were handled, " n["skipped_reentry"] + n["skipped_lock"] + n["skipped_stack"] + n["skipped_missed"] " skipped" }' $status
	done
}

# How daemons may end: well, with an error that they told, or killed.
check_ends() {
	for daemon in $daemons; do
		wait $daemon 2>/dev/null; status=$?
		case $status in
		0|1|137) ;;
		126|127|139) case "$shorts" in *" $daemon,"*) ;; *) echo "WRONG: a daemon ended with $status" ;; esac ;;
		*) echo "WRONG: a daemon ended with $status" ;;
		esac
	done
	for error in /run/err.*; do
		grep -q -e 'bug in stapc' -e 'panicked' $error && { echo "WRONG: $error"; tail -n 5 $error; }
	done
}

# Whoever holds up the kernel's readers of tasks is told by name.
stall=/sys/module/rcupdate/parameters/rcu_task_stall_timeout
[ -e $stall ] && echo 25000 >$stall
# The kernel's own search for leaks holds them up for minutes here; the script searches when nothing else runs.
[ -e $debug/kmemleak ] && echo scan=off >$debug/kmemleak
prepare_failures
usleep 500000
while [ $(now) -lt $end ]; do
	rest
	daemons= count=0 short= shorts=
	for module in /modules/*.ko; do
		if chance 5; then short="$short $module"; else load $module; fi
	done
	await_running $count
	say "$count sessions run"
	for module in $short; do load $module short; failed=$(( failed + 1 )); done
	work
	for step in 1 2 3 4 5 6; do disturb; done
	say "disturbed"
	rest
	for daemon in $daemons; do
		if chance 4; then kill -KILL $daemon; killed=$(( killed + 1 )); else kill -INT $daemon; fi
	done 2>/dev/null
	check_ends
	say "ended"
	sleep 1
	check_counts
	stapc load /run/last.ko >/dev/null 2>&1
	work
	grep -q '^stapc_' /proc/modules && echo "WRONG: left: $(grep '^stapc_' /proc/modules)"
	sessions=$(( sessions + count )) rounds=$(( rounds + 1 ))
	rest; usleep 300000; memory=$(kept); work
	[ $rounds = 2 ] && first=$memory
	say "$rounds rounds, $sessions sessions, $failed short of memory, $killed daemons killed, $memory kB kept"
done
# A sixth more, or four megabytes, is what caches and fragments make of it.
[ $rounds -gt 2 ] && [ $memory -gt $(( first + first / 6 + 4096 )) ] && echo "WRONG: $first kB kept behind two rounds, $memory kB behind $rounds"
signal_loads KILL
leaks
echo "done: $rounds rounds, $sessions sessions"
