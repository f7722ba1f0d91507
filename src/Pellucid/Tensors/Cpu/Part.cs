namespace Pellucid.Tensors.Cpu;

/// <summary>A member's share of a range: contiguous, fixed, in whole multiples of a grain.</summary>
internal readonly record struct Part(long Start, long End)
{
    public static Part Of(long count, int member, int members, int grain = 1)
    {
        var grains = (count + grain - 1) / grain;
        return new(Math.Min(count, grains * member / members * grain), Math.Min(count, grains * (member + 1) / members * grain));
    }

    public long Length => End - Start;
}
