// The system call table, by Linux's x86-64 numbers (src/abi/syscalls.ts). To add one: write __x64_sys_NAME(regs), import it here and put it
// at its number's place. All of this file is that one table and the imports of what stands in it.

import type { pt_regs } from "asm/ptrace";
import { __x64_sys_getrandom } from "../../../../drivers/char/random";
import { __x64_sys_execve } from "../../../../fs/exec";
import { __x64_sys_fcntl, __x64_sys_fsync, __x64_sys_ioctl, __x64_sys_sync } from "../../../../fs/fcntl";
import { __x64_sys_close, __x64_sys_dup, __x64_sys_dup2, __x64_sys_dup3 } from "../../../../fs/file";
import { __x64_sys_flock } from "../../../../fs/locks";
import {
  __x64_sys_link,
  __x64_sys_linkat,
  __x64_sys_mkdir,
  __x64_sys_mkdirat,
  __x64_sys_mknod,
  __x64_sys_mknodat,
  __x64_sys_rename,
  __x64_sys_renameat,
  __x64_sys_renameat2,
  __x64_sys_rmdir,
  __x64_sys_symlink,
  __x64_sys_symlinkat,
  __x64_sys_unlink,
  __x64_sys_unlinkat,
} from "../../../../fs/namei_ops";
import { __x64_sys_mount, __x64_sys_umount } from "../../../../fs/namespace";
import { __x64_sys_creat, __x64_sys_open, __x64_sys_openat } from "../../../../fs/open";
import {
  __x64_sys_access,
  __x64_sys_chdir,
  __x64_sys_chmod,
  __x64_sys_chown,
  __x64_sys_chroot,
  __x64_sys_faccessat,
  __x64_sys_faccessat2,
  __x64_sys_fchdir,
  __x64_sys_fchmod,
  __x64_sys_fchmodat,
  __x64_sys_fchown,
  __x64_sys_fchownat,
  __x64_sys_ftruncate,
  __x64_sys_lchown,
  __x64_sys_truncate,
  __x64_sys_umask,
  __x64_sys_utime,
  __x64_sys_utimensat,
  __x64_sys_utimes,
} from "../../../../fs/open_calls";
import { __x64_sys_pipe, __x64_sys_pipe2 } from "../../../../fs/pipefs";
import {
  __x64_sys_lseek,
  __x64_sys_pread64,
  __x64_sys_preadv,
  __x64_sys_pwrite64,
  __x64_sys_pwritev,
  __x64_sys_read,
  __x64_sys_readv,
  __x64_sys_sendfile64,
  __x64_sys_write,
  __x64_sys_writev,
} from "../../../../fs/read_write";
import { __x64_sys_getdents64 } from "../../../../fs/readdir";
import { __x64_sys_poll, __x64_sys_ppoll, __x64_sys_pselect6, __x64_sys_select } from "../../../../fs/select";
import {
  __x64_sys_fstatfs,
  __x64_sys_getcwd,
  __x64_sys_newfstat,
  __x64_sys_newfstatat,
  __x64_sys_newlstat,
  __x64_sys_newstat,
  __x64_sys_readlink,
  __x64_sys_readlinkat,
  __x64_sys_statfs,
  __x64_sys_statx,
} from "../../../../fs/stat";
import {
  __x64_sys_getegid,
  __x64_sys_geteuid,
  __x64_sys_getgid,
  __x64_sys_getresuid,
  __x64_sys_getuid,
  __x64_sys_setgid,
  __x64_sys_setuid,
} from "../../../../kernel/cred";
import {
  __x64_sys_capget,
  __x64_sys_getgroups,
  __x64_sys_getresgid,
  __x64_sys_setfsgid,
  __x64_sys_setfsuid,
  __x64_sys_setgroups,
  __x64_sys_setregid,
  __x64_sys_setresgid,
  __x64_sys_setresuid,
  __x64_sys_setreuid,
} from "../../../../kernel/cred_syscalls";
import { __x64_sys_exit, __x64_sys_exit_group } from "../../../../kernel/exit";
import { __x64_sys_wait4, __x64_sys_waitid } from "../../../../kernel/exit-wait";
import { __x64_sys_clone, __x64_sys_fork, __x64_sys_set_tid_address, __x64_sys_vfork } from "../../../../kernel/fork";
import { __x64_sys_clone3 } from "../../../../kernel/fork-clone3";
import { __x64_sys_get_robust_list, __x64_sys_set_robust_list } from "../../../../kernel/futex/robust";
import { __x64_sys_futex } from "../../../../kernel/futex/syscalls";
import { __x64_sys_delete_module, __x64_sys_finit_module, __x64_sys_init_module } from "../../../../kernel/module/main";
import { __x64_sys_personality, __x64_sys_prctl } from "../../../../kernel/prctl";
import { __x64_sys_syslog } from "../../../../kernel/printk/devkmsg";
import { __x64_sys_reboot } from "../../../../kernel/reboot";
import {
  __x64_sys_sched_get_priority_max,
  __x64_sys_sched_get_priority_min,
  __x64_sys_sched_getaffinity,
  __x64_sys_sched_getparam,
  __x64_sys_sched_getscheduler,
  __x64_sys_sched_rr_get_interval,
  __x64_sys_sched_setaffinity,
  __x64_sys_sched_setparam,
  __x64_sys_sched_setscheduler,
  __x64_sys_sched_yield,
} from "../../../../kernel/sched/syscalls";
import { __x64_sys_sigaltstack } from "../../../../kernel/signal-altstack";
import {
  __x64_sys_kill,
  __x64_sys_rt_sigqueueinfo,
  __x64_sys_rt_tgsigqueueinfo,
  __x64_sys_tgkill,
  __x64_sys_tkill,
} from "../../../../kernel/signal-kill";
import {
  __x64_sys_pause,
  __x64_sys_restart_syscall,
  __x64_sys_rt_sigaction,
  __x64_sys_rt_sigpending,
  __x64_sys_rt_sigprocmask,
  __x64_sys_rt_sigsuspend,
  __x64_sys_rt_sigtimedwait,
} from "../../../../kernel/signal-syscalls";
import {
  __x64_sys_getcpu,
  __x64_sys_getpgid,
  __x64_sys_getpgrp,
  __x64_sys_getpid,
  __x64_sys_getppid,
  __x64_sys_getpriority,
  __x64_sys_getrlimit,
  __x64_sys_getrusage,
  __x64_sys_getsid,
  __x64_sys_gettid,
  __x64_sys_newuname,
  __x64_sys_prlimit64,
  __x64_sys_setdomainname,
  __x64_sys_sethostname,
  __x64_sys_setpgid,
  __x64_sys_setpriority,
  __x64_sys_setrlimit,
  __x64_sys_setsid,
  __x64_sys_sysinfo,
  __x64_sys_times,
} from "../../../../kernel/sys";
import { sys_ni_syscall } from "../../../../kernel/sys_ni";
import { __x64_sys_alarm, __x64_sys_getitimer, __x64_sys_setitimer } from "../../../../kernel/time/itimer";
import {
  __x64_sys_clock_getres,
  __x64_sys_clock_gettime,
  __x64_sys_clock_nanosleep,
  __x64_sys_clock_settime,
  __x64_sys_nanosleep,
} from "../../../../kernel/time/posix-clocks";
import {
  __x64_sys_timer_create,
  __x64_sys_timer_delete,
  __x64_sys_timer_getoverrun,
  __x64_sys_timer_gettime,
  __x64_sys_timer_settime,
} from "../../../../kernel/time/posix-timers";
import { __x64_sys_gettimeofday, __x64_sys_settimeofday, __x64_sys_time } from "../../../../kernel/time/time";
import { __x64_sys_madvise } from "../../../../mm/madvise";
import { __x64_sys_mlock, __x64_sys_mlockall, __x64_sys_munlock, __x64_sys_munlockall } from "../../../../mm/mlock";
import { __x64_sys_brk, __x64_sys_mmap, __x64_sys_munmap } from "../../../../mm/mmap";
import { __x64_sys_mprotect } from "../../../../mm/mprotect";
import { __x64_sys_mremap } from "../../../../mm/mremap";
import { __x64_sys_mincore, __x64_sys_msync } from "../../../../mm/msync";
import { __x64_sys_memfd_create } from "../../../../mm/shmem";
import { __x64_sys_arch_prctl } from "../../kernel/process_64";
import { __x64_sys_rt_sigreturn } from "../../kernel/signal";

export const NR_syscalls = 440;

export const sys_call_table: array<(regs: pt_regs) => s64, 440> = [
  __x64_sys_read, // 0
  __x64_sys_write, // 1
  __x64_sys_open, // 2
  __x64_sys_close, // 3
  __x64_sys_newstat, // 4
  __x64_sys_newfstat, // 5
  __x64_sys_newlstat, // 6
  __x64_sys_poll, // 7
  __x64_sys_lseek, // 8
  __x64_sys_mmap, // 9
  __x64_sys_mprotect, // 10
  __x64_sys_munmap, // 11
  __x64_sys_brk, // 12
  __x64_sys_rt_sigaction, // 13
  __x64_sys_rt_sigprocmask, // 14
  __x64_sys_rt_sigreturn, // 15
  __x64_sys_ioctl, // 16
  __x64_sys_pread64, // 17
  __x64_sys_pwrite64, // 18
  __x64_sys_readv, // 19
  __x64_sys_writev, // 20
  __x64_sys_access, // 21
  __x64_sys_pipe, // 22
  __x64_sys_select, // 23
  __x64_sys_sched_yield, // 24
  __x64_sys_mremap, // 25
  __x64_sys_msync, // 26
  __x64_sys_mincore, // 27
  __x64_sys_madvise, // 28
  sys_ni_syscall, // 29
  sys_ni_syscall, // 30
  sys_ni_syscall, // 31
  __x64_sys_dup, // 32
  __x64_sys_dup2, // 33
  __x64_sys_pause, // 34
  __x64_sys_nanosleep, // 35
  __x64_sys_getitimer, // 36
  __x64_sys_alarm, // 37
  __x64_sys_setitimer, // 38
  __x64_sys_getpid, // 39
  __x64_sys_sendfile64, // 40
  sys_ni_syscall, // 41
  sys_ni_syscall, // 42
  sys_ni_syscall, // 43
  sys_ni_syscall, // 44
  sys_ni_syscall, // 45
  sys_ni_syscall, // 46
  sys_ni_syscall, // 47
  sys_ni_syscall, // 48
  sys_ni_syscall, // 49
  sys_ni_syscall, // 50
  sys_ni_syscall, // 51
  sys_ni_syscall, // 52
  sys_ni_syscall, // 53
  sys_ni_syscall, // 54
  sys_ni_syscall, // 55
  __x64_sys_clone, // 56
  __x64_sys_fork, // 57
  __x64_sys_vfork, // 58
  __x64_sys_execve, // 59
  __x64_sys_exit, // 60
  __x64_sys_wait4, // 61
  __x64_sys_kill, // 62
  __x64_sys_newuname, // 63
  sys_ni_syscall, // 64
  sys_ni_syscall, // 65
  sys_ni_syscall, // 66
  sys_ni_syscall, // 67
  sys_ni_syscall, // 68
  sys_ni_syscall, // 69
  sys_ni_syscall, // 70
  sys_ni_syscall, // 71
  __x64_sys_fcntl, // 72
  __x64_sys_flock, // 73
  __x64_sys_fsync, // 74
  __x64_sys_fsync, // 75
  __x64_sys_truncate, // 76
  __x64_sys_ftruncate, // 77
  sys_ni_syscall, // 78
  __x64_sys_getcwd, // 79
  __x64_sys_chdir, // 80
  __x64_sys_fchdir, // 81
  __x64_sys_rename, // 82
  __x64_sys_mkdir, // 83
  __x64_sys_rmdir, // 84
  __x64_sys_creat, // 85
  __x64_sys_link, // 86
  __x64_sys_unlink, // 87
  __x64_sys_symlink, // 88
  __x64_sys_readlink, // 89
  __x64_sys_chmod, // 90
  __x64_sys_fchmod, // 91
  __x64_sys_chown, // 92
  __x64_sys_fchown, // 93
  __x64_sys_lchown, // 94
  __x64_sys_umask, // 95
  __x64_sys_gettimeofday, // 96
  __x64_sys_getrlimit, // 97
  __x64_sys_getrusage, // 98
  __x64_sys_sysinfo, // 99
  __x64_sys_times, // 100
  sys_ni_syscall, // 101
  __x64_sys_getuid, // 102
  __x64_sys_syslog, // 103
  __x64_sys_getgid, // 104
  __x64_sys_setuid, // 105
  __x64_sys_setgid, // 106
  __x64_sys_geteuid, // 107
  __x64_sys_getegid, // 108
  __x64_sys_setpgid, // 109
  __x64_sys_getppid, // 110
  __x64_sys_getpgrp, // 111
  __x64_sys_setsid, // 112
  __x64_sys_setreuid, // 113
  __x64_sys_setregid, // 114
  __x64_sys_getgroups, // 115
  __x64_sys_setgroups, // 116
  __x64_sys_setresuid, // 117
  __x64_sys_getresuid, // 118
  __x64_sys_setresgid, // 119
  __x64_sys_getresgid, // 120
  __x64_sys_getpgid, // 121
  __x64_sys_setfsuid, // 122
  __x64_sys_setfsgid, // 123
  __x64_sys_getsid, // 124
  __x64_sys_capget, // 125
  sys_ni_syscall, // 126
  __x64_sys_rt_sigpending, // 127
  __x64_sys_rt_sigtimedwait, // 128
  __x64_sys_rt_sigqueueinfo, // 129
  __x64_sys_rt_sigsuspend, // 130
  __x64_sys_sigaltstack, // 131
  __x64_sys_utime, // 132
  __x64_sys_mknod, // 133
  sys_ni_syscall, // 134
  __x64_sys_personality, // 135
  sys_ni_syscall, // 136
  __x64_sys_statfs, // 137
  __x64_sys_fstatfs, // 138
  sys_ni_syscall, // 139
  __x64_sys_getpriority, // 140
  __x64_sys_setpriority, // 141
  __x64_sys_sched_setparam, // 142
  __x64_sys_sched_getparam, // 143
  __x64_sys_sched_setscheduler, // 144
  __x64_sys_sched_getscheduler, // 145
  __x64_sys_sched_get_priority_max, // 146
  __x64_sys_sched_get_priority_min, // 147
  __x64_sys_sched_rr_get_interval, // 148
  __x64_sys_mlock, // 149
  __x64_sys_munlock, // 150
  __x64_sys_mlockall, // 151
  __x64_sys_munlockall, // 152
  sys_ni_syscall, // 153
  sys_ni_syscall, // 154
  sys_ni_syscall, // 155
  sys_ni_syscall, // 156
  __x64_sys_prctl, // 157
  __x64_sys_arch_prctl, // 158
  sys_ni_syscall, // 159
  __x64_sys_setrlimit, // 160
  __x64_sys_chroot, // 161
  __x64_sys_sync, // 162
  sys_ni_syscall, // 163
  __x64_sys_settimeofday, // 164
  __x64_sys_mount, // 165
  __x64_sys_umount, // 166
  sys_ni_syscall, // 167
  sys_ni_syscall, // 168
  __x64_sys_reboot, // 169
  __x64_sys_sethostname, // 170
  __x64_sys_setdomainname, // 171
  sys_ni_syscall, // 172
  sys_ni_syscall, // 173
  sys_ni_syscall, // 174
  __x64_sys_init_module, // 175
  __x64_sys_delete_module, // 176
  sys_ni_syscall, // 177
  sys_ni_syscall, // 178
  sys_ni_syscall, // 179
  sys_ni_syscall, // 180
  sys_ni_syscall, // 181
  sys_ni_syscall, // 182
  sys_ni_syscall, // 183
  sys_ni_syscall, // 184
  sys_ni_syscall, // 185
  __x64_sys_gettid, // 186
  sys_ni_syscall, // 187
  sys_ni_syscall, // 188
  sys_ni_syscall, // 189
  sys_ni_syscall, // 190
  sys_ni_syscall, // 191
  sys_ni_syscall, // 192
  sys_ni_syscall, // 193
  sys_ni_syscall, // 194
  sys_ni_syscall, // 195
  sys_ni_syscall, // 196
  sys_ni_syscall, // 197
  sys_ni_syscall, // 198
  sys_ni_syscall, // 199
  __x64_sys_tkill, // 200
  __x64_sys_time, // 201
  __x64_sys_futex, // 202
  __x64_sys_sched_setaffinity, // 203
  __x64_sys_sched_getaffinity, // 204
  sys_ni_syscall, // 205
  sys_ni_syscall, // 206
  sys_ni_syscall, // 207
  sys_ni_syscall, // 208
  sys_ni_syscall, // 209
  sys_ni_syscall, // 210
  sys_ni_syscall, // 211
  sys_ni_syscall, // 212
  sys_ni_syscall, // 213
  sys_ni_syscall, // 214
  sys_ni_syscall, // 215
  sys_ni_syscall, // 216
  __x64_sys_getdents64, // 217
  __x64_sys_set_tid_address, // 218
  __x64_sys_restart_syscall, // 219
  sys_ni_syscall, // 220
  sys_ni_syscall, // 221
  __x64_sys_timer_create, // 222
  __x64_sys_timer_settime, // 223
  __x64_sys_timer_gettime, // 224
  __x64_sys_timer_getoverrun, // 225
  __x64_sys_timer_delete, // 226
  __x64_sys_clock_settime, // 227
  __x64_sys_clock_gettime, // 228
  __x64_sys_clock_getres, // 229
  __x64_sys_clock_nanosleep, // 230
  __x64_sys_exit_group, // 231
  sys_ni_syscall, // 232
  sys_ni_syscall, // 233
  __x64_sys_tgkill, // 234
  __x64_sys_utimes, // 235
  sys_ni_syscall, // 236
  sys_ni_syscall, // 237
  sys_ni_syscall, // 238
  sys_ni_syscall, // 239
  sys_ni_syscall, // 240
  sys_ni_syscall, // 241
  sys_ni_syscall, // 242
  sys_ni_syscall, // 243
  sys_ni_syscall, // 244
  sys_ni_syscall, // 245
  sys_ni_syscall, // 246
  __x64_sys_waitid, // 247
  sys_ni_syscall, // 248
  sys_ni_syscall, // 249
  sys_ni_syscall, // 250
  sys_ni_syscall, // 251
  sys_ni_syscall, // 252
  sys_ni_syscall, // 253
  sys_ni_syscall, // 254
  sys_ni_syscall, // 255
  sys_ni_syscall, // 256
  __x64_sys_openat, // 257
  __x64_sys_mkdirat, // 258
  __x64_sys_mknodat, // 259
  __x64_sys_fchownat, // 260
  sys_ni_syscall, // 261
  __x64_sys_newfstatat, // 262
  __x64_sys_unlinkat, // 263
  __x64_sys_renameat, // 264
  __x64_sys_linkat, // 265
  __x64_sys_symlinkat, // 266
  __x64_sys_readlinkat, // 267
  __x64_sys_fchmodat, // 268
  __x64_sys_faccessat, // 269
  __x64_sys_pselect6, // 270
  __x64_sys_ppoll, // 271
  sys_ni_syscall, // 272
  __x64_sys_set_robust_list, // 273
  __x64_sys_get_robust_list, // 274
  sys_ni_syscall, // 275
  sys_ni_syscall, // 276
  sys_ni_syscall, // 277
  sys_ni_syscall, // 278
  sys_ni_syscall, // 279
  __x64_sys_utimensat, // 280
  sys_ni_syscall, // 281
  sys_ni_syscall, // 282
  sys_ni_syscall, // 283
  sys_ni_syscall, // 284
  sys_ni_syscall, // 285
  sys_ni_syscall, // 286
  sys_ni_syscall, // 287
  sys_ni_syscall, // 288
  sys_ni_syscall, // 289
  sys_ni_syscall, // 290
  sys_ni_syscall, // 291
  __x64_sys_dup3, // 292
  __x64_sys_pipe2, // 293
  sys_ni_syscall, // 294
  __x64_sys_preadv, // 295
  __x64_sys_pwritev, // 296
  __x64_sys_rt_tgsigqueueinfo, // 297
  sys_ni_syscall, // 298
  sys_ni_syscall, // 299
  sys_ni_syscall, // 300
  sys_ni_syscall, // 301
  __x64_sys_prlimit64, // 302
  sys_ni_syscall, // 303
  sys_ni_syscall, // 304
  sys_ni_syscall, // 305
  __x64_sys_fsync, // 306
  sys_ni_syscall, // 307
  sys_ni_syscall, // 308
  __x64_sys_getcpu, // 309
  sys_ni_syscall, // 310
  sys_ni_syscall, // 311
  sys_ni_syscall, // 312
  __x64_sys_finit_module, // 313
  sys_ni_syscall, // 314
  sys_ni_syscall, // 315
  __x64_sys_renameat2, // 316
  sys_ni_syscall, // 317
  __x64_sys_getrandom, // 318
  __x64_sys_memfd_create, // 319
  sys_ni_syscall, // 320
  sys_ni_syscall, // 321
  sys_ni_syscall, // 322
  sys_ni_syscall, // 323
  sys_ni_syscall, // 324
  sys_ni_syscall, // 325
  sys_ni_syscall, // 326
  sys_ni_syscall, // 327
  sys_ni_syscall, // 328
  sys_ni_syscall, // 329
  sys_ni_syscall, // 330
  sys_ni_syscall, // 331
  __x64_sys_statx, // 332
  sys_ni_syscall, // 333
  sys_ni_syscall, // 334
  sys_ni_syscall, // 335
  sys_ni_syscall, // 336
  sys_ni_syscall, // 337
  sys_ni_syscall, // 338
  sys_ni_syscall, // 339
  sys_ni_syscall, // 340
  sys_ni_syscall, // 341
  sys_ni_syscall, // 342
  sys_ni_syscall, // 343
  sys_ni_syscall, // 344
  sys_ni_syscall, // 345
  sys_ni_syscall, // 346
  sys_ni_syscall, // 347
  sys_ni_syscall, // 348
  sys_ni_syscall, // 349
  sys_ni_syscall, // 350
  sys_ni_syscall, // 351
  sys_ni_syscall, // 352
  sys_ni_syscall, // 353
  sys_ni_syscall, // 354
  sys_ni_syscall, // 355
  sys_ni_syscall, // 356
  sys_ni_syscall, // 357
  sys_ni_syscall, // 358
  sys_ni_syscall, // 359
  sys_ni_syscall, // 360
  sys_ni_syscall, // 361
  sys_ni_syscall, // 362
  sys_ni_syscall, // 363
  sys_ni_syscall, // 364
  sys_ni_syscall, // 365
  sys_ni_syscall, // 366
  sys_ni_syscall, // 367
  sys_ni_syscall, // 368
  sys_ni_syscall, // 369
  sys_ni_syscall, // 370
  sys_ni_syscall, // 371
  sys_ni_syscall, // 372
  sys_ni_syscall, // 373
  sys_ni_syscall, // 374
  sys_ni_syscall, // 375
  sys_ni_syscall, // 376
  sys_ni_syscall, // 377
  sys_ni_syscall, // 378
  sys_ni_syscall, // 379
  sys_ni_syscall, // 380
  sys_ni_syscall, // 381
  sys_ni_syscall, // 382
  sys_ni_syscall, // 383
  sys_ni_syscall, // 384
  sys_ni_syscall, // 385
  sys_ni_syscall, // 386
  sys_ni_syscall, // 387
  sys_ni_syscall, // 388
  sys_ni_syscall, // 389
  sys_ni_syscall, // 390
  sys_ni_syscall, // 391
  sys_ni_syscall, // 392
  sys_ni_syscall, // 393
  sys_ni_syscall, // 394
  sys_ni_syscall, // 395
  sys_ni_syscall, // 396
  sys_ni_syscall, // 397
  sys_ni_syscall, // 398
  sys_ni_syscall, // 399
  sys_ni_syscall, // 400
  sys_ni_syscall, // 401
  sys_ni_syscall, // 402
  sys_ni_syscall, // 403
  sys_ni_syscall, // 404
  sys_ni_syscall, // 405
  sys_ni_syscall, // 406
  sys_ni_syscall, // 407
  sys_ni_syscall, // 408
  sys_ni_syscall, // 409
  sys_ni_syscall, // 410
  sys_ni_syscall, // 411
  sys_ni_syscall, // 412
  sys_ni_syscall, // 413
  sys_ni_syscall, // 414
  sys_ni_syscall, // 415
  sys_ni_syscall, // 416
  sys_ni_syscall, // 417
  sys_ni_syscall, // 418
  sys_ni_syscall, // 419
  sys_ni_syscall, // 420
  sys_ni_syscall, // 421
  sys_ni_syscall, // 422
  sys_ni_syscall, // 423
  sys_ni_syscall, // 424
  sys_ni_syscall, // 425
  sys_ni_syscall, // 426
  sys_ni_syscall, // 427
  sys_ni_syscall, // 428
  sys_ni_syscall, // 429
  sys_ni_syscall, // 430
  sys_ni_syscall, // 431
  sys_ni_syscall, // 432
  sys_ni_syscall, // 433
  sys_ni_syscall, // 434
  __x64_sys_clone3, // 435
  sys_ni_syscall, // 436
  sys_ni_syscall, // 437
  sys_ni_syscall, // 438
  __x64_sys_faccessat2, // 439
];
