/// What Keras 3.15.1 wrote, with the clock of the test beside it. `⌫57` stands for 57 backspaces; each line begins with a carriage return.
enum ProgressTranscripts {
  static let fiveSteps = [
    "\u{1B}[1m1/5\u{1B}[0m \u{1B}[32m━━━━\u{1B}[0m\u{1B}[37m━━━━━━━━━━━━━━━━\u{1B}[0m \u{1B}[1m2s\u{1B}[0m 500ms/step - loss: 1.0000 - accuracy: 1.2000e-04⌫76",
    "\u{1B}[1m2/5\u{1B}[0m \u{1B}[32m━━━━━━━━\u{1B}[0m\u{1B}[37m━━━━━━━━━━━━\u{1B}[0m \u{1B}[1m1s\u{1B}[0m 500ms/step - loss: 0.5000 - accuracy: 2.4000e-04⌫76",
    "\u{1B}[1m3/5\u{1B}[0m \u{1B}[32m━━━━━━━━━━━━\u{1B}[0m\u{1B}[37m━━━━━━━━\u{1B}[0m \u{1B}[1m1s\u{1B}[0m 500ms/step - loss: 0.3333 - accuracy: 3.6000e-04⌫76",
    "\u{1B}[1m4/5\u{1B}[0m \u{1B}[32m━━━━━━━━━━━━━━━━\u{1B}[0m\u{1B}[37m━━━━\u{1B}[0m \u{1B}[1m0s\u{1B}[0m 500ms/step - loss: 0.2500 - accuracy: 4.8000e-04⌫76",
    "\u{1B}[1m5/5\u{1B}[0m \u{1B}[32m━━━━━━━━━━━━━━━━━━━━\u{1B}[0m\u{1B}[37m\u{1B}[0m \u{1B}[1m0s\u{1B}[0m 500ms/step - loss: 0.2000 - accuracy: 6.0000e-04⌫76",
    "\u{1B}[1m5/5\u{1B}[0m \u{1B}[32m━━━━━━━━━━━━━━━━━━━━\u{1B}[0m\u{1B}[37m\u{1B}[0m \u{1B}[1m2s\u{1B}[0m 500ms/step - loss: 0.2500 - accuracy: 0.5000 - val_loss: 0.7500",
  ]

  static let longRemainder = [
    "\u{1B}[1m   1/1000\u{1B}[0m \u{1B}[37m━━━━━━━━━━━━━━━━━━━━\u{1B}[0m \u{1B}[1m8:19:30\u{1B}[0m 30s/step - loss: 12.3457⌫63",
    "\u{1B}[1m   2/1000\u{1B}[0m \u{1B}[37m━━━━━━━━━━━━━━━━━━━━\u{1B}[0m \u{1B}[1m8:19:00\u{1B}[0m 30s/step - loss: 12.3457⌫63",
    "\u{1B}[1m  10/1000\u{1B}[0m \u{1B}[37m━━━━━━━━━━━━━━━━━━━━\u{1B}[0m \u{1B}[1m3:40:00\u{1B}[0m 13s/step - loss: 12.3457⌫63",
    "\u{1B}[1m 500/1000\u{1B}[0m \u{1B}[32m━━━━━━━━━━\u{1B}[0m\u{1B}[37m━━━━━━━━━━\u{1B}[0m \u{1B}[1m3:30\u{1B}[0m 421ms/step - loss: 12.3457 ",
  ]

  static let unknownTarget = [
    "      1/Unknown \u{1B}[1m0s\u{1B}[0m 60ms/step - loss: 0.5000⌫43",
    "      2/Unknown \u{1B}[1m0s\u{1B}[0m 60ms/step - loss: 0.5000⌫43",
    "      3/Unknown \u{1B}[1m0s\u{1B}[0m 60ms/step - loss: 0.5000⌫43",
    "\u{1B}[1m3/3\u{1B}[0m \u{1B}[32m━━━━━━━━━━━━━━━━━━━━\u{1B}[0m\u{1B}[37m\u{1B}[0m \u{1B}[1m0s\u{1B}[0m 60ms/step - loss: 0.4000",
  ]

  static let numberFormats = [
    "\u{1B}[1m3/3\u{1B}[0m \u{1B}[32m━━━━━━━━━━━━━━━━━━━━\u{1B}[0m\u{1B}[37m\u{1B}[0m \u{1B}[1m0s\u{1B}[0m 20ms/step - loss: 4.0000e-04 - neg: -0.5000 - tiny: -5.0000e-05 - zero: 0.0000e+00 - edge: 1.0000e-03 - nan: nan - inf: inf"
  ]
}
