//! A disposable kernel: QEMU and an initramfs made on the spot.
