namespace Pellucid.Tensors;

/// <summary>
/// The operations that a model is written with. Each takes memory for its result from the arena, has the backend compute
/// it, and notes on the tape, if there is one, how gradients flow back: forward and backward stand side by side.
/// </summary>
public sealed partial class Operations(Backend backend, Arena arena, Tape? tape = null)
{
    /// <summary>The device.</summary>
    public Backend Backend => backend;

    /// <summary>Where results live.</summary>
    public Arena Arena => arena;

    /// <summary>Where operations are recorded, when gradients are wanted.</summary>
    public Tape? Tape => tape;

    /// <summary>Random numbers of this run, for dropout.</summary>
    public RandomStream Random { get; set; }

    /// <summary>Takes back the arena's memory and forgets the tape: the start of a step.</summary>
    public void Reset()
    {
        arena.Reset();
        tape?.Clear();
        _logits = _cappedLogits = default;
    }

    private Tensor New(Shape shape, ElementType type) => arena.Allocate(shape, type);

    private Tensor Record(Tensor output, in TapeEntry entry) => tape is null ? output : tape.Record(output, entry);
}
