namespace Pellucid.Tensors.Reference;

/// <summary>A tensor's elements as doubles, whatever they are stored as:
/// the reference computes in double precision and rounds once, on storing.</summary>
internal readonly unsafe struct Elements(Tensor tensor)
{
    private readonly void* _pointer = tensor.IsEmpty ? null : (void*)tensor.Address;
    private readonly bool _wide = tensor.Type switch
    {
        ElementType.Float64 => true,
        ElementType.Float32 => false,
        _ => throw new NotSupportedException($"the reference computes in Float32 and Float64, not {tensor.Type}"),
    };

    public double this[long index]
    {
        get => _wide ? ((double*)_pointer)[index] : ((float*)_pointer)[index];
        set
        {
            if (_wide)
                ((double*)_pointer)[index] = value;
            else
                ((float*)_pointer)[index] = (float)value;
        }
    }

    public void Put(long index, double value, bool accumulate) => this[index] = accumulate ? this[index] + value : value;
}
