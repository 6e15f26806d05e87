from ripieno.data.keras_classes import CLASS_NAMES


def test_every_data_set_names_each_of_its_classes_once():
    counts = {name: len(set(classes)) for name, classes in CLASS_NAMES.items()}
    assert counts == {"mnist": 10, "fashion_mnist": 10, "cifar10": 10, "cifar100": 100}


def test_cifar100_is_in_the_alphabetical_order_of_its_labels():
    assert list(CLASS_NAMES["cifar100"]) == sorted(CLASS_NAMES["cifar100"])
