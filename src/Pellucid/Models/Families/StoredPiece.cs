using Pellucid.Tensors;

namespace Pellucid.Models.Families;

/// <summary>A part of a parameter as it lies in a tensor of a file: some rows of it, as columns of ours.</summary>
/// <param name="Name">What the file calls the tensor.</param>
/// <param name="Stored">The shape of that whole tensor: of a weight that is turned (out, in), where ours is (in, out).</param>
/// <param name="FirstRow">The part's first row, or element, in that tensor.</param>
/// <param name="FirstColumn">The part's first column, or element, in the parameter.</param>
/// <param name="Columns">How many of them.</param>
/// <param name="Turned">Whether its rows are our columns; else it is the whole parameter, or a part of a vector.</param>
/// <param name="Added">What is added to a stored number to make it ours.</param>
/// <param name="Pairs">Rows of heads whose turned pairs lie side by side in the file; null where rows are in our order.</param>
internal sealed record StoredPiece(string Name, Shape Stored, int FirstRow, int FirstColumn, int Columns,
    bool Turned = false, float Added = 0, PairedRows? Pairs = null)
{
    private const int Tile = 32; // rows that are turned together, so that whole lines of the cache are written

    /// <summary>Of a tensor that is a stack of several of a kind: which of them the part lies in, from 0; −1 for no stack.</summary>
    public int Slice { get; init; } = -1;

    /// <summary>From one row, or element, of the part to the next: 2 where two parts take turns.</summary>
    public int Step { get; init; } = 1;

    /// <summary>Whether numbers are stored in blocks of four bits, in two tensors: see <see cref="MicroscaledBlocks"/>.</summary>
    public bool InBlocks { get; init; }

    /// <summary>The shape of what the part lies in: one of a stack, or the whole tensor.</summary>
    public Shape Within => Slice < 0 ? Stored : Stored.Rank == 2 ? new(Stored[1]) : new(Stored[1], Stored[2]);

    /// <summary>Its first element in the tensor.</summary>
    public long Start => Slice < 0 ? 0 : Slice * Within.Count;

    /// <summary>A parameter that lies in the file as it is with us, but for what is added.</summary>
    public static StoredPiece Whole(string name, Parameter parameter, float added = 0) =>
        new(name, parameter.Shape, 0, 0, (int)parameter.Shape.Count, Added: added);

    /// <summary>Rows (out, in) of a tensor that are a weight's columns, beginning with one.</summary>
    public static StoredPiece TurnedRows(string name, Parameter parameter, int firstColumn, int columns, int firstRow = 0, int rows = 0) =>
        new(name, new Shape(rows == 0 ? columns : rows, parameter.Shape[0]), firstRow, firstColumn, columns, Turned: true);

    /// <summary>All columns of a weight as the rows of a tensor.</summary>
    public static StoredPiece TurnedWhole(string name, Parameter parameter) => TurnedRows(name, parameter, 0, parameter.Shape.Columns);

    /// <summary>A part of a vector.</summary>
    public static StoredPiece Elements(string name, int first, int count) => new(name, new Shape(count), 0, first, count);

    /// <summary>A parameter in one of a stack of tensors, its elements in our order but <paramref name="step"/> apart.</summary>
    public static StoredPiece OfStack(string name, Parameter parameter, Shape stack, int slice, int first = 0, int step = 1) =>
        new(name, stack, first, 0, (int)parameter.Shape.Count) { Slice = slice, Step = step };

    /// <summary>A weight whose columns are rows of one of a stack of tensors, <paramref name="step"/> apart.</summary>
    public static StoredPiece TurnedOfStack(string name, Parameter parameter, Shape stack, int slice, int firstRow = 0, int step = 1) =>
        new(name, stack, firstRow, 0, parameter.Shape.Columns, Turned: true) { Slice = slice, Step = step };

    /// <summary>Whether the numbers of the file are those of the parameter, one by one.</summary>
    public bool IsPlain(Parameter parameter) => !Turned && Added == 0 && Pairs is null && Stored == parameter.Shape;

    /// <summary>The row of what it lies <see cref="Within"/>, or the element, that is a column of the part.</summary>
    public int StoredRow(int column) => FirstRow + (Pairs?.Stored(column) ?? column) * Step;

    /// <summary>Puts the part where it belongs in a parameter of that many columns; given is what it lies <see cref="Within"/>.</summary>
    public void Take(ReadOnlySpan<float> within, Span<float> parameter, int width)
    {
        if (!Turned)
            for (var i = 0; i < Columns; i++)
                parameter[FirstColumn + i] = within[StoredRow(i)] + Added;
        else
            for (var first = 0; first < Columns; first += Tile)
            for (var c = 0; c < Stored.Columns; c++)
            for (var r = first; r < Math.Min(first + Tile, Columns); r++)
                parameter[c * width + FirstColumn + r] = within[StoredRow(r) * Stored.Columns + c];
    }

    /// <summary>The way back.</summary>
    public void Give(ReadOnlySpan<float> parameter, int width, Span<float> within)
    {
        if (!Turned)
            for (var i = 0; i < Columns; i++)
                within[StoredRow(i)] = parameter[FirstColumn + i] - Added;
        else
            for (var first = 0; first < Columns; first += Tile)
            for (var c = 0; c < Stored.Columns; c++)
            for (var r = first; r < Math.Min(first + Tile, Columns); r++)
                within[StoredRow(r) * Stored.Columns + c] = parameter[c * width + FirstColumn + r];
    }
}

/// <summary>
/// Rows of heads in the order of Meta's Llama, which GGUF files of some architectures keep: the two columns of a turned pair stand
/// side by side, where elsewhere, and with us, the second ones stand half of the turned columns later. No taps, no products differ:
/// queries and keys are only numbered otherwise.
/// </summary>
/// <param name="HeadWidth">D: rows of a head.</param>
/// <param name="Turned">The first of them, which are turned.</param>
internal sealed record PairedRows(int HeadWidth, int Turned)
{
    /// <summary>Where a row of ours stands in the file.</summary>
    public int Stored(int row)
    {
        var (within, half) = (row % HeadWidth, Turned / 2);
        return within >= Turned ? row : row - within + 2 * (within % half) + within / half;
    }
}
