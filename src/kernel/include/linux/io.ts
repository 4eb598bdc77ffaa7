// Device registers in memory: accesses of exact size.

export function readb(p: u64): u8 {
  return READ_ONCE(at<u8[]>(p)[0]);
}
inline(readb);
export function readw(p: u64): u16 {
  return READ_ONCE(at<u16[]>(p)[0]);
}
inline(readw);
export function readl(p: u64): u32 {
  return READ_ONCE(at<u32[]>(p)[0]);
}
inline(readl);
export function writeb(value: u8, p: u64): void {
  WRITE_ONCE(at<u8[]>(p)[0], value);
}
inline(writeb);
export function writew(value: u16, p: u64): void {
  WRITE_ONCE(at<u16[]>(p)[0], value);
}
inline(writew);
export function writel(value: u32, p: u64): void {
  WRITE_ONCE(at<u32[]>(p)[0], value);
}
inline(writel);

export { phys_to_virt, virt_to_phys } from "asm/page";
export { ioremap, iounmap } from "../../mm/vmalloc";
