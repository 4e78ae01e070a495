package talkit

// Page asks for a part of a list in ascending order of id.
type Page struct {
	Limit   int   // 1 to 100
	AfterID int64 // the last id already seen; 0 begins at the start
}

// List is a part of a list.
type List[T any] struct {
	Items   []T
	HasMore bool
	Total   int64 // of the whole list, wherever this part begins
}

// MapList turns each item into another.
func MapList[T, U any](list List[T], f func(T) U) List[U] {
	items := make([]U, len(list.Items))
	for i, item := range list.Items {
		items[i] = f(item)
	}
	return List[U]{items, list.HasMore, list.Total}
}
