/// The order of hooks and their logs as Keras 3.15.1 had them (JAX; TensorFlow gives the same).
enum HookTranscripts {
  static let fit = """
    A on_train_begin {}
    A on_epoch_begin 0 {}
    A on_batch_begin 0 {}
    A on_batch_end 0 {'loss': 0.7346289157867432, 'mae': 0.834920346736908}
    A on_batch_begin 1 {}
    A on_batch_end 1 {'loss': 0.9506298303604126, 'mae': 0.9316580295562744}
    A on_batch_begin 2 {}
    A on_batch_end 2 {'loss': 0.8082095980644226, 'mae': 0.839769184589386}
    A on_test_begin {}
    A on_test_batch_begin 0 {}
    A on_test_batch_end 0 {'loss': 0.5708531737327576, 'mae': 0.7047311067581177}
    A on_test_batch_begin 1 {}
    A on_test_batch_end 1 {'loss': 0.5356010794639587, 'mae': 0.6894181370735168}
    A on_test_end {'loss': 0.5356010794639587, 'mae': 0.6894181370735168}
    A on_epoch_end 0 {'loss': 0.8082095980644226, 'mae': 0.839769184589386, 'val_loss': 0.5356010794639587, 'val_mae': 0.6894181370735168}
    A on_epoch_begin 1 {}
    A on_batch_begin 0 {}
    A on_batch_end 0 {'loss': 0.691727876663208, 'mae': 0.7863409519195557}
    A on_batch_begin 1 {}
    A on_batch_end 1 {'loss': 0.7980130910873413, 'mae': 0.8367056846618652}
    A on_batch_begin 2 {}
    A on_batch_end 2 {'loss': 0.701892614364624, 'mae': 0.7783392667770386}
    A on_test_begin {}
    A on_test_batch_begin 0 {}
    A on_test_batch_end 0 {'loss': 0.4833891689777374, 'mae': 0.6401422023773193}
    A on_test_batch_begin 1 {}
    A on_test_batch_end 1 {'loss': 0.47955387830734253, 'mae': 0.6483801007270813}
    A on_test_end {'loss': 0.47955387830734253, 'mae': 0.6483801007270813}
    A on_epoch_end 1 {'loss': 0.701892614364624, 'mae': 0.7783392667770386, 'val_loss': 0.47955387830734253, 'val_mae': 0.6483801007270813}
    A on_train_end {'loss': 0.701892614364624, 'mae': 0.7783392667770386, 'val_loss': 0.47955387830734253, 'val_mae': 0.6483801007270813}
    """

  static let evaluate = """
    A on_test_begin {}
    A on_test_batch_begin 0 {}
    A on_test_batch_end 0 {'loss': 0.4833891689777374, 'mae': 0.6401422023773193}
    A on_test_batch_begin 1 {}
    A on_test_batch_end 1 {'loss': 0.7276307940483093, 'mae': 0.7928248643875122}
    A on_test_batch_begin 2 {}
    A on_test_batch_end 2 {'loss': 0.6416856050491333, 'mae': 0.7405210137367249}
    A on_test_end {'loss': 0.6416856050491333, 'mae': 0.7405210137367249}
    """

  static let predict = """
    A on_predict_begin {}
    A on_predict_batch_begin 0 {}
    A on_predict_batch_end 0 {'outputs': (4, 1)}
    A on_predict_batch_begin 1 {}
    A on_predict_batch_end 1 {'outputs': (4, 1)}
    A on_predict_batch_begin 2 {}
    A on_predict_batch_end 2 {'outputs': (2, 1)}
    A on_predict_end {}
    """

  static let stopInBatch = """
    A on_train_begin {}
    A on_epoch_begin 0 {}
    A on_batch_begin 0 {}
    A on_batch_end 0 {'loss': 0.5587538480758667, 'mae': 0.717054009437561}
    A on_batch_begin 1 {}
    A on_batch_end 1 {'loss': 0.6877962946891785, 'mae': 0.7612888813018799}
    A on_test_begin {}
    A on_test_batch_begin 0 {}
    A on_test_batch_end 0 {'loss': 0.40627631545066833, 'mae': 0.5770609974861145}
    A on_test_batch_begin 1 {}
    A on_test_batch_end 1 {'loss': 0.4332265853881836, 'mae': 0.6087579727172852}
    A on_test_end {'loss': 0.4332265853881836, 'mae': 0.6087579727172852}
    A on_epoch_end 0 {'loss': 0.6877962946891785, 'mae': 0.7612888813018799, 'val_loss': 0.4332265853881836, 'val_mae': 0.6087579727172852}
    A on_train_end {'loss': 0.6877962946891785, 'mae': 0.7612888813018799, 'val_loss': 0.4332265853881836, 'val_mae': 0.6087579727172852}
    """

  static let stopInEpochBegin = """
    A on_train_begin {}
    A on_epoch_begin 0 {}
    A on_batch_begin 0 {}
    A on_batch_end 0 {'loss': 0.45096975564956665, 'mae': 0.6481895446777344}
    A on_epoch_end 0 {'loss': 0.45096975564956665, 'mae': 0.6481895446777344}
    A on_train_end {'loss': 0.45096975564956665, 'mae': 0.6481895446777344}
    """

  static let stopInTrainBegin = """
    A on_train_begin {}
    A on_epoch_begin 0 {}
    A on_batch_begin 0 {}
    A on_batch_end 0 {'loss': 0.5733339786529541, 'mae': 0.7499537467956543}
    A on_epoch_end 0 {'loss': 0.5733339786529541, 'mae': 0.7499537467956543}
    A on_train_end {'loss': 0.5733339786529541, 'mae': 0.7499537467956543}
    """

  static let nothingToDo = """
    A on_train_begin {}
    A on_train_end {}
    """
}
