Data attached to objects from outside: what each call of the interface gives, and its complaints (those of a real Linux 6.1).

# kelp: --append loglevel=1

  $ dmesg -c > /dev/null; insmod shadow.ko; dmesg -c | grep -E '^(shadow: [^lm]|livepatch|Duplicate)' | sed 's/<[^,]*,/<OBJECT,/'
  shadow: get: none
  shadow: ctor 1
  shadow: alloc: 1
  shadow: get: 1
  Duplicate shadow variable <OBJECT, 1>
  shadow: alloc again: none
  shadow: get_or_alloc: 1
  shadow: ctor 2
  shadow: get_or_alloc other id: 2
  livepatch: Failed to construct shadow variable <OBJECT, 1> (-22)
  shadow: bad ctor: none
  shadow: bad ctor left: none
  shadow: no ctor: 0
  shadow: dtor of a 2
  shadow: freed: none
  shadow: dtor of a 0
  shadow: ctor 1
  shadow: ctor 2
  shadow: dtor of a 1
  shadow: dtor of a 1
  shadow: 4 freed
  shadow: other id: 2
  shadow: other id: none
  $ rmmod shadow
