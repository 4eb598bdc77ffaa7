# Programs of the core's tests, GNU as, Intel syntax. scripts/vectors/assemble.ts makes programs.json of them.
@boot
  lgdt [0x8100]
  lidt [0x8110]
  mov ax, 0x40
  ltr ax
  hlt
@branches
  mov ecx, 5
  xor eax, eax
1: add eax, ecx
  loop 1b
  call near_function
  lea rdx, [rip + far_function]
  call rdx
  push rdx
  push rdx
  mov r8, 1
  push 99
  push 98
  lea rbx, [rip + 2f]
  push rbx
  ret 16
  hlt
2: lea rbx, [rip + 3f]
  mov [0x200000], rbx
  jmp [0x200000]
  hlt
3: jrcxz 4f
  hlt
4: mov r9, 7
  hlt
near_function:
  add eax, 100
  ret
far_function:
  add eax, 1000
  ret
@loop
  mov rbx, 0x200000
1: add rax, rcx
  mov [rbx], rax
  test al, 3
  jz 2f
  imul rdx, rax, 3
2: push rdx
  call f
  pop rdx
  xadd [rbx + 8], rdx
  inc rcx
  cmp rcx, 50
  jne 1b
  hlt
f: lea r8, [rdx + rcx*8 + 5]
  rol r8, 7
  ret
@patch_alias
  mov rbx, 0x40100000
  mov byte ptr [rbx + 12], 42
  mov al, 1
  hlt
@patch_ahead
  nop
  nop
  mov eax, 1
  hlt
@countdown
1: dec rcx
  jnz 1b
  hlt
@load
  mov rax, [rbx]
@store
  mov [rbx], rax
@add_memory
  add [rbx], rax
@push_call
  push rax
@call
  call . + 0x20
@jump
  jmp rbx
@store8
  mov byte ptr [rbx], 7
@rep_movsb
  rep movsb
  hlt
@rep_stosq
  rep stosq
  hlt
@repne_scasb
  repne scasb
  hlt
@sti_nop
  sti
  nop
  nop
  hlt
@cli_popf
  push 0x202
  popf
  nop
  hlt
@user_enter
  push 0x2b
  push rsi
  push 0x202
  push 0x33
  push rdi
  iretq
@iretq
  iretq
@syscall
  syscall
  hlt
@sysret
  sysretq
@wrmsr
  wrmsr
@rdmsr
  rdmsr
@hlt
  hlt
@int80
  int 0x80
@int3
  int3
@ud2
  ud2
@single_step
  push 0x102
  popf
  nop
  inc eax
  hlt
@div
  div rbx
@mmio
  nop
  mov eax, [rbx]
  mov [rbx + 4], ecx
  or byte ptr [rbx + 8], 1
  mov rdx, [rbx + 16]
  hlt
@ports
  nop
  in al, 0x60
  mov dx, 0x3f8
  out dx, al
  in eax, dx
  out 0x80, ax
  hlt
@vmcall
  vmcall
  hlt
@invlpg_load
  mov rax, [rbx]
  mov [rcx], rdx
  mov rsi, [rbx]
  invlpg [rbx]
  mov rdi, [rbx]
  hlt
@cr3_load
  mov rax, [rbx]
  mov [rcx], rdx
  mov r8, cr3
  mov cr3, r8
  mov rsi, [rbx]
  mov r9, cr4
  xor r9, 0x80
  mov cr4, r9
  mov rdi, [rbx]
  hlt
@wp_store
  mov [rbx], rax
  mov r8, cr0
  or r8, 0x10000
  mov cr0, r8
  mov [rbx], rax
  hlt
@swapgs
  swapgs
  mov rax, gs:[8]
  hlt
@far_jump
  lea rax, [rip + 1f]
  push 0x10
  push rax
  lretq
  hlt
1: mov ebx, 5
  mov ax, 0x18
  mov ds, ax
  mov ss, ax
  mov cx, ss
  hlt
@pause
  pause
  hlt
@stos_hlt
  cld
  rep stosb
  hlt
@user_ops_cli
  cli
@user_ops_in
  in al, 0x60
@user_ops_cr
  mov rax, cr0
@user_ops_lgdt
  lgdt [rbx]
@user_ops_invlpg
  invlpg [rbx]
@user_ops_wbinvd
  wbinvd
@user_ops_swapgs
  swapgs
@user_ops_rdmsr
  rdmsr
@user_ops_clts
  clts
@user_ops_ltr
  ltr ax
@control
  mov cr0, rax
@control3
  mov cr3, rax
@control4
  mov cr4, rax
@debug_register
  mov rax, 0x100100
  mov dr0, rax
  mov eax, 0x401
  mov dr7, rax
  mov rbx, dr0
  hlt
@cmpxchg16b
  cmpxchg16b [rsi]
  hlt
