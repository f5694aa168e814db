#!/bin/sh
# guest.sh SECONDS CPUS SEED PROGRAM: in the virtual machine: sessions of all of /modules at once, again and again, while processes come and go, a module
# too, processors are taken off and on, memory is short, and daemons are killed. What goes wrong is a line that begins with WRONG.
seconds=$1 cpus=$2 RANDOM=$3 program=$4
now() { cut -d. -f1 /proc/uptime; }
end=$(( $(now) + seconds ))
rounds=0 sessions=0 killed=0

# Processes that fork, read and write for ever, each in a group of its own.
loads=
start() { setsid sh -c "$1" >/dev/null 2>&1 & loads="$loads $!"; }
for cpu in $(seq $cpus); do
	start 'while :; do true & (exit 1); /bin/true; wait; done'
	start "while :; do $program 20; done"
	start "while :; do dd if=/dev/zero of=/run/load$cpu bs=16k count=40; cat /run/load$cpu; rm /run/load$cpu; done"
done
# The emulator may hang where one processor changes code that another executes: nothing runs while probes come and go.
rest() { [ $cpus -gt 1 ] && for load in $loads; do kill -STOP -$load; done; }
work() { [ $cpus -gt 1 ] && for load in $loads; do kill -CONT -$load; done; }

# What is not given back grows from round to round.
figure() { awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo; }
kept() { echo 3 >/proc/sys/vm/drop_caches; echo $(( $(figure SUnreclaim) + $(figure Percpu) )); }

states() { cat /sys/kernel/debug/stapc_*/status 2>/dev/null; }
await_running() {
	for try in $(seq 600); do
		[ $(states | grep -c 'state running') -ge $1 ] && return
		usleep 100000
	done
	echo "WRONG: of $1 sessions $(states | grep -c 'state running') run after a minute"; cat /run/err.*
}

disturb() {
	case $(( RANDOM % 5 )) in
	0) insmod /run/to-probe.ko && echo 50 >/sys/module/to_probe/parameters/go; rmmod to_probe ;;
	1) [ $cpus -gt 1 ] && { cpu=/sys/devices/system/cpu/cpu$(( 1 + RANDOM % (cpus - 1) ))/online; echo 0 >$cpu; usleep 200000; echo 1 >$cpu; } ;;
	2) dd if=/dev/zero of=/dev/shm/fill bs=1M count=$(( $(figure MemAvailable) / 1024 - 60 )) 2>/dev/null; usleep 300000; rm -f /dev/shm/fill ;;
	*) usleep $(( RANDOM % 1000 * 1000 )) ;;
	esac
}

# The counts of the sessions that nobody unloaded: each hit is in one of them.
check_counts() {
	for status in /sys/kernel/debug/stapc_*/status; do
		[ -e $status ] || continue
		awk '{ n[$1] = $2 } END {
			if ($0 != "" && n["state"] == "stopped" && n["hits"] != n["handled"] + n["skipped_reentry"] + n["skipped_lock"] + n["skipped_stack"] + n["skipped_missed"])
				print "WRONG: of " n["hits"] " hits " n["handled"] " were handled, " n["skipped_reentry"] + n["skipped_lock"] + n["skipped_stack"] + n["skipped_missed"] " skipped" }' $status
	done
}

usleep 500000
while [ $(now) -lt $end ]; do
	rest
	daemons= count=0
	for module in /modules/*.ko; do
		name=$(basename $module .ko)
		stapc load $module >/dev/null 2>/run/err.$name &
		daemons="$daemons $!" count=$(( count + 1 ))
	done
	await_running $count
	work
	for step in 1 2 3 4 5 6; do disturb; done
	rest
	for daemon in $daemons; do
		if [ $(( RANDOM % 4 )) = 0 ]; then kill -KILL $daemon; killed=$(( killed + 1 )); else kill -INT $daemon; fi
	done
	for daemon in $daemons; do wait $daemon 2>/dev/null; done
	sleep 1
	check_counts
	stapc load /run/last.ko >/dev/null 2>&1
	work
	grep -h -e 'bug in stapc' -e 'not accounted' /run/err.* | sed 's/^/WRONG: /'
	grep -q '^stapc_' /proc/modules && echo "WRONG: left: $(grep '^stapc_' /proc/modules)"
	sessions=$(( sessions + count )) rounds=$(( rounds + 1 ))
	rest; usleep 300000; memory=$(kept); work
	[ $rounds = 2 ] && first=$memory
	echo "$(now) s: $rounds rounds, $sessions sessions, $killed daemons killed, $memory kB kept"
done
# A sixth more, or four megabytes, is what caches and fragments make of it.
[ $rounds -gt 2 ] && [ $memory -gt $(( first + first / 6 + 4096 )) ] && echo "WRONG: $first kB kept behind two rounds, $memory kB behind $rounds"
rest
for load in $loads; do kill -KILL -$load; done
echo "done: $rounds rounds, $sessions sessions"
