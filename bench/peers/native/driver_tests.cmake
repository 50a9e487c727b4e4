# The driver with rooftile alone: its outputs are held against double precision, a library that isn't there is told.

# driver_test(NAME CATEGORY PLAN KEY=VALUE…)
function(driver_test name category plan)
  add_test(
    NAME peers_driver_${name}
    COMMAND rooftile_peers ${ARGN} threads=1 milliseconds=1 streamBytes=65536 isa=scalar peers=nowhere modules=${modules}
            "own=rooftile|${category}|0.0001|isa=scalar threads=1 ${plan}")
  set_tests_properties(peers_driver_${name} PROPERTIES PASS_REGULAR_EXPRESSION
                       "\"category\":\"${category}\".*\"missing\":\\[{\"peer\":\"nowhere\"")
endfunction()

set(product kind=gemm m=5 n=37 k=19 type=f32 copies=2)
set(product_plan "mr=3 nr=4 mc=6 kc=24 nc=40 order=blocked packInputs=false threadRows=1")
driver_test(gemm_prepared prepared "${product_plan} packWeights=true prepared=true" ${product})
driver_test(gemm_unprepared unprepared "${product_plan} packWeights=false prepared=false" ${product})

set(convolution kind=conv2d batch=2 groups=2 channels=6 height=7 width=7 filters=10 filterHeight=3 filterWidth=3
    strideHeight=1 strideWidth=1 dilationHeight=1 dilationWidth=1 padTop=1 padLeft=1 padBottom=1 padRight=1 relu=true)
set(convolution_plan "qr=4 kr=4 kb=8 cb=3 pb=14 order=blocked threadRows=1")
foreach(layout blocked nchw)
  set(plan "${convolution_plan} layout=${layout}")
  driver_test(conv2d_${layout} ${layout} "${plan} algorithm=direct" ${convolution})
  driver_test(winograd_${layout} "winograd ${layout}" "${plan} algorithm=winograd4" ${convolution})
endforeach()

foreach(kind gru lstm)
  driver_test(
    ${kind} prepared
    "mr=2 nr=2 order=serpentine weightType=f32 projectionMr=3 projectionNr=4 projectionMc=6 projectionKc=24 projectionNc=28 \
projectionThreadRows=1"
    kind=${kind} layers=2 directions=2 steps=3 batch=2 inputs=5 hidden=9 linearBeforeReset=false)
endforeach()
