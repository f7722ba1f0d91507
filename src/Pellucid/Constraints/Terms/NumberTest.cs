namespace Pellucid.Constraints.Terms;

/// <summary>
/// A condition on digits that are read from the left, with or without a point: an automaton that need not be written out. Two tests in
/// the same state are equal. That the digits are a number in JSON's writing is for others to see to.
/// </summary>
internal abstract record NumberTest
{
    /// <summary>Whether the digits so far meet the condition.</summary>
    public abstract bool IsMet { get; }

    /// <summary>After a digit, or the point; null where no number can follow that meets the condition.</summary>
    public abstract NumberTest? After(byte value);
}

/// <summary>Digits that are at least, or at most, a bound without sign.</summary>
/// <param name="Whole">Digits of the bound before the point.</param>
/// <param name="Fraction">Digits of the bound after the point.</param>
/// <param name="IsUpper">Whether the bound is the largest rather than the smallest number.</param>
/// <param name="IsOpen">Whether the bound itself is left out.</param>
/// <param name="Read">Digits read since the start or the point, counted up to one more than the bound has.</param>
/// <param name="HasPoint">Whether the point was read.</param>
/// <param name="Order">How the digits compare with as many of the bound.</param>
internal sealed record BoundTest(string Whole, string Fraction, bool IsUpper, bool IsOpen, int Read = 0, bool HasPoint = false,
    int Order = 0) : NumberTest
{
    public override bool IsMet => Compared is var order && (order == 0 && !Rest ? !IsOpen : (order == 0 ? -1 : order) < 0 == IsUpper);

    // Whether digits of the bound's fraction remain that are not 0.
    private bool Rest => HasPoint ? Read < Fraction.Length : Fraction.Length > 0;

    private int Compared => HasPoint || Read == Whole.Length ? Order : Read < Whole.Length ? -1 : 1;

    public override NumberTest? After(byte value)
    {
        if (value == '.')
            return HasPoint ? null : (this with { HasPoint = true, Read = 0, Order = Compared }).Possible;
        if (value is < (byte)'0' or > (byte)'9')
            return null;
        var digits = HasPoint ? Fraction : Whole;
        var other = Read < digits.Length ? digits[Read] : '0';
        var order = Order != 0 ? Order : HasPoint || Read < Whole.Length ? Math.Sign(value - other) : 0;
        return (this with { Read = Math.Min(Read + 1, HasPoint ? digits.Length : digits.Length + 1), Order = order }).Possible;
    }

    // Digits that are beyond the bound are not read on: a search would else look for all that may come after them. More digits before
    // the point make the number larger still, but none behind it makes it smaller, or a smaller one as large as the bound.
    private BoundTest? Possible =>
        IsUpper ? (HasPoint || Read >= Whole.Length) && Compared > 0 ? null : this : HasPoint && Order < 0 ? null : this;
}

/// <summary>Digits that are a multiple of a decimal fraction.</summary>
/// <param name="Divisor">The fraction times the power of ten that makes it whole.</param>
/// <param name="Places">That power: places after the point which count.</param>
/// <param name="Remainder">Of what was read.</param>
/// <param name="HasPoint">Whether the point was read.</param>
internal sealed record MultipleTest(long Divisor, int Places, long Remainder = 0, bool HasPoint = false) : NumberTest
{
    public override bool IsMet
    {
        get
        {
            var remainder = Remainder;
            for (var place = 0; place < Places && remainder != 0; place++)
                remainder = remainder * 10 % Divisor;
            return remainder == 0;
        }
    }

    public override NumberTest? After(byte value)
    {
        if (value == '.')
            return HasPoint || Places == 0 && Remainder != 0 ? null : this with { HasPoint = true };
        if (value is < (byte)'0' or > (byte)'9')
            return null;
        if (HasPoint && Places == 0)
            return value == '0' ? this : null;
        return this with { Remainder = (Remainder * 10 + value - '0') % Divisor, Places = HasPoint ? Places - 1 : Places };
    }
}
