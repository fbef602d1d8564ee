(module
  ;; XXH64 with seed 0, its lower half, and the walk through a group of frames. What the numbers are: the specification
  ;; of xxHash (XXH64), primes 1 to 5. Compiled into ChecksumModule.ts by `npm run webassembly`.
  (import "env" "memory" (memory 1))
  ;; One lane takes eight bytes more.
  (func $round (param $acc i64) (param $input i64) (result i64)
    (i64.mul (i64.rotl (i64.add (local.get $acc) (i64.mul (local.get $input) (i64.const 0xC2B2AE3D27D4EB4F))) (i64.const 31)) (i64.const 0x9E3779B185EBCA87)))
  (func $merge (param $hash i64) (param $acc i64) (result i64)
    (i64.add (i64.mul (i64.xor (local.get $hash) (call $round (i64.const 0) (local.get $acc))) (i64.const 0x9E3779B185EBCA87)) (i64.const 0x85EBCA77C2B2AE63)))
  ;; Of the bytes from `at` to `end`.
  (func $hash (export "hash") (param $at i32) (param $end i32) (result i32)
    (local $h i64) (local $v1 i64) (local $v2 i64) (local $v3 i64) (local $v4 i64) (local $len i64) (local $limit i32)
    (local.set $len (i64.extend_i32_u (i32.sub (local.get $end) (local.get $at))))
    (if (i64.ge_u (local.get $len) (i64.const 32))
      (then
        (local.set $v1 (i64.add (i64.const 0x9E3779B185EBCA87) (i64.const 0xC2B2AE3D27D4EB4F)))
        (local.set $v2 (i64.const 0xC2B2AE3D27D4EB4F))
        (local.set $v3 (i64.const 0))
        (local.set $v4 (i64.sub (i64.const 0) (i64.const 0x9E3779B185EBCA87)))
        (local.set $limit (i32.sub (local.get $end) (i32.const 32)))
        (loop $lanes
          (local.set $v1 (call $round (local.get $v1) (i64.load align=1 (local.get $at))))
          (local.set $v2 (call $round (local.get $v2) (i64.load offset=8 align=1 (local.get $at))))
          (local.set $v3 (call $round (local.get $v3) (i64.load offset=16 align=1 (local.get $at))))
          (local.set $v4 (call $round (local.get $v4) (i64.load offset=24 align=1 (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $lanes (i32.le_u (local.get $at) (local.get $limit))))
        (local.set $h (i64.add (i64.add (i64.rotl (local.get $v1) (i64.const 1)) (i64.rotl (local.get $v2) (i64.const 7)))
          (i64.add (i64.rotl (local.get $v3) (i64.const 12)) (i64.rotl (local.get $v4) (i64.const 18)))))
        (local.set $h (call $merge (local.get $h) (local.get $v1)))
        (local.set $h (call $merge (local.get $h) (local.get $v2)))
        (local.set $h (call $merge (local.get $h) (local.get $v3)))
        (local.set $h (call $merge (local.get $h) (local.get $v4))))
      (else (local.set $h (i64.const 0x27D4EB2F165667C5))))
    (local.set $h (i64.add (local.get $h) (local.get $len)))
    (block $d8 (loop $l8
      (br_if $d8 (i32.gt_u (i32.add (local.get $at) (i32.const 8)) (local.get $end)))
      (local.set $h (i64.xor (local.get $h) (call $round (i64.const 0) (i64.load align=1 (local.get $at)))))
      (local.set $h (i64.add (i64.mul (i64.rotl (local.get $h) (i64.const 27)) (i64.const 0x9E3779B185EBCA87)) (i64.const 0x85EBCA77C2B2AE63)))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br $l8)))
    (if (i32.le_u (i32.add (local.get $at) (i32.const 4)) (local.get $end))
      (then
        (local.set $h (i64.xor (local.get $h) (i64.mul (i64.load32_u align=1 (local.get $at)) (i64.const 0x9E3779B185EBCA87))))
        (local.set $h (i64.add (i64.mul (i64.rotl (local.get $h) (i64.const 23)) (i64.const 0xC2B2AE3D27D4EB4F)) (i64.const 0x165667B19E3779F9)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))))
    (block $d1 (loop $l1
      (br_if $d1 (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $h (i64.xor (local.get $h) (i64.mul (i64.load8_u (local.get $at)) (i64.const 0x27D4EB2F165667C5))))
      (local.set $h (i64.mul (i64.rotl (local.get $h) (i64.const 11)) (i64.const 0x9E3779B185EBCA87)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $l1)))
    (local.set $h (i64.mul (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 33))) (i64.const 0xC2B2AE3D27D4EB4F)))
    (local.set $h (i64.mul (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 29))) (i64.const 0x165667B19E3779F9)))
    (i32.wrap_i64 (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 32)))))
  ;; Every envelope among the frames from `at` to `end`, one behind the other, gets its checksum: layout in Frame.ts.
  (func (export "seal") (param $at i32) (param $end i32)
    (local $next i32)
    (block $done
      (loop $frame
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $next (i32.add (local.get $at) (i32.load offset=8 align=1 (local.get $at))))
        (if (i32.eq (i32.load8_u offset=13 (local.get $at)) (i32.const 1))
          (then
            (i32.store offset=4 align=1
              (local.get $at)
              (call $hash (i32.add (local.get $at) (i32.const 8)) (local.get $next)))))
        (local.set $at (local.get $next))
        (br $frame))))

  ;; What stands at `from`, up to `end` and at most 7 or 31 bytes beyond: memory.copy is a call out of WebAssembly.
  (func $copyShort (param $to i32) (param $from i32) (param $end i32)
    (loop $words
      (i64.store align=1 (local.get $to) (i64.load align=1 (local.get $from)))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (local.set $from (i32.add (local.get $from) (i32.const 8)))
      (br_if $words (i32.lt_u (local.get $to) (local.get $end)))))
  (func $copyLong (param $to i32) (param $from i32) (param $end i32)
    (loop $words
      (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $from)))
      (v128.store offset=16 align=1 (local.get $to) (v128.load offset=16 align=1 (local.get $from)))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (local.set $from (i32.add (local.get $from) (i32.const 32)))
      (br_if $words (i32.lt_u (local.get $to) (local.get $end)))))

  ;; Lays a frame at `at`, and the next behind it, for each row from `row` to `rows`: where its payload begins and ends, and
  ;; the key in that; its definition's reference; timestamp and receivedAt at 24 and 32; 40 bytes. `kind` is what stands at 12
  ;; of a head, `schema` at 20. Gives where the last frame ends.
  (func (export "lay")
    (param $row i32) (param $rows i32) (param $at i32) (param $position f64) (param $kind i32) (param $schema i32)
    (result i32)
    (local $payload i32) (local $bytes i32) (local $key i32) (local $keyBytes i32) (local $to i32) (local $end i32)
    (block $done
      (loop $frame
        (br_if $done (i32.ge_u (local.get $row) (local.get $rows)))
        (local.set $payload (i32.load (local.get $row)))
        (local.set $bytes (i32.sub (i32.load offset=4 (local.get $row)) (local.get $payload)))
        (local.set $key (i32.load offset=8 (local.get $row)))
        (local.set $keyBytes (i32.sub (i32.load offset=12 (local.get $row)) (local.get $key)))
        (local.set $to (i32.add (i32.add (local.get $at) (i32.const 56)) (local.get $keyBytes)))
        (local.set $end (i32.add (local.get $to) (local.get $bytes)))
        (i32.store align=1 (local.get $at) (i32.const 0x4a524dd7))
        (i32.store offset=8 align=1 (local.get $at) (i32.sub (local.get $end) (local.get $at)))
        (i32.store offset=12 align=1 (local.get $at) (local.get $kind))
        (i32.store offset=16 align=1 (local.get $at) (i32.const 0))
        (i32.store offset=20 align=1 (local.get $at) (local.get $schema))
        (f64.store offset=24 align=1 (local.get $at) (local.get $position))
        (f64.store offset=32 align=1 (local.get $at) (f64.load offset=24 (local.get $row)))
        (f64.store offset=40 align=1 (local.get $at) (f64.load offset=32 (local.get $row)))
        (i32.store offset=48 align=1 (local.get $at) (i32.load offset=16 (local.get $row)))
        (i32.store offset=52 align=1 (local.get $at) (local.get $keyBytes))
        (call $copyShort (i32.add (local.get $at) (i32.const 56)) (local.get $key) (local.get $to))
        (call $copyLong (local.get $to) (local.get $payload) (local.get $end))
        (i32.store offset=4 align=1
          (local.get $at)
          (call $hash (i32.add (local.get $at) (i32.const 8)) (local.get $end)))
        (local.set $at (local.get $end))
        (local.set $position (f64.add (local.get $position) (f64.const 1)))
        (local.set $row (i32.add (local.get $row) (i32.const 40)))
        (br $frame)))
    (local.get $at))
)
