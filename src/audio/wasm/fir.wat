;; The inner loop of resample.ts: one output stream of a polyphase FIR filter, in float32, sixteen outputs at a time.
;;
;; The filter is a list of taps, eight bytes each: a float32 coefficient, then an int32 byte offset. Output i is
;;
;;     y[i] = round(  coefficient[0] * f32[x + offset[0] + 4 i]  +  coefficient[1] * f32[x + offset[1] + 4 i]  +  ...  )
;;
;; so one output stays in one lane and its products are added in the order of the list, each rounded to float32.
;; That order is what fir-twin.ts repeats in JavaScript, to the last bit, and it does not depend on how audio is cut up.
;; The loop knows nothing of sample rates: the list says where each tap's input lies.
(module
  ;; One page, never grown: views of it stay valid for the life of the process.
  (memory (export "memory") 1 1)

  (func (export "fir")
    (param $taps i32)      ;; address of the list
    (param $tapsEnd i32)   ;; address after its last tap; the list is not empty
    (param $x i32)         ;; address of the float32 input
    (param $y i32)         ;; address of the first int16 output
    (param $yStep i32)     ;; bytes from one output to the next, so that streams interleave as they are written
    (param $outputs i32)   ;; how many are wanted; rounded up to sixteen, so x and y need room for up to fifteen more
    (local $tap i32)       ;; address of the tap
    (local $at i32)        ;; address of its input for output 0
    (local $c v128)        ;; one coefficient in all four lanes
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)  ;; outputs 0–3, 4–7, 8–11, 12–15

    (if (i32.le_s (local.get $outputs) (i32.const 0)) (then (return)))
    (loop $sixteen
      (local.set $sum0 (v128.const f32x4 0 0 0 0))
      (local.set $sum1 (v128.const f32x4 0 0 0 0))
      (local.set $sum2 (v128.const f32x4 0 0 0 0))
      (local.set $sum3 (v128.const f32x4 0 0 0 0))
      (local.set $tap (local.get $taps))

      (loop $next
        (local.set $c (v128.load32_splat (local.get $tap)))
        (local.set $at (i32.add (local.get $x) (i32.load offset=4 (local.get $tap))))
        (local.set $sum0 (f32x4.add (local.get $sum0)
          (f32x4.mul (local.get $c) (v128.load align=4 (local.get $at)))))
        (local.set $sum1 (f32x4.add (local.get $sum1)
          (f32x4.mul (local.get $c) (v128.load offset=16 align=4 (local.get $at)))))
        (local.set $sum2 (f32x4.add (local.get $sum2)
          (f32x4.mul (local.get $c) (v128.load offset=32 align=4 (local.get $at)))))
        (local.set $sum3 (f32x4.add (local.get $sum3)
          (f32x4.mul (local.get $c) (v128.load offset=48 align=4 (local.get $at)))))
        (local.set $tap (i32.add (local.get $tap) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $tap) (local.get $tapsEnd))))

      ;; Halves are rounded up; the narrowing clips to −32768…32767 and never wraps.
      (local.set $sum0 (i16x8.narrow_i32x4_s (call $round (local.get $sum0)) (call $round (local.get $sum1))))
      (local.set $sum2 (i16x8.narrow_i32x4_s (call $round (local.get $sum2)) (call $round (local.get $sum3))))
      (local.set $y (call $store8 (local.get $sum0) (local.get $y) (local.get $yStep)))
      (local.set $y (call $store8 (local.get $sum2) (local.get $y) (local.get $yStep)))

      (local.set $x (i32.add (local.get $x) (i32.const 64)))
      (local.set $outputs (i32.sub (local.get $outputs) (i32.const 16)))
      (br_if $sixteen (i32.gt_s (local.get $outputs) (i32.const 0)))))

  (func $round (param $v v128) (result v128)
    (i32x4.trunc_sat_f32x4_s
      (f32x4.floor (f32x4.add (local.get $v) (v128.const f32x4 0.5 0.5 0.5 0.5)))))

  ;; Eight int16 lanes to memory, $step bytes apart; the address after the last.
  (func $store8 (param $v v128) (param $y i32) (param $step i32) (result i32)
    (v128.store16_lane 0 (local.get $y) (local.get $v))
    (v128.store16_lane 1 (local.tee $y (i32.add (local.get $y) (local.get $step))) (local.get $v))
    (v128.store16_lane 2 (local.tee $y (i32.add (local.get $y) (local.get $step))) (local.get $v))
    (v128.store16_lane 3 (local.tee $y (i32.add (local.get $y) (local.get $step))) (local.get $v))
    (v128.store16_lane 4 (local.tee $y (i32.add (local.get $y) (local.get $step))) (local.get $v))
    (v128.store16_lane 5 (local.tee $y (i32.add (local.get $y) (local.get $step))) (local.get $v))
    (v128.store16_lane 6 (local.tee $y (i32.add (local.get $y) (local.get $step))) (local.get $v))
    (v128.store16_lane 7 (local.tee $y (i32.add (local.get $y) (local.get $step))) (local.get $v))
    (i32.add (local.get $y) (local.get $step))))
