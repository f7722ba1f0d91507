namespace Pellucid.Tests.Hostile;

public sealed class FuzzTests
{
    private const int Cases = 1200;

    public static TheoryData<string> Readers => [.. HostileReader.All.Select(reader => reader.Name)];

    [Theory, MemberData(nameof(Readers))]
    public void A_damaged_file_is_read_or_refused_in_one_line(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.Null(Fuzzer.Run(HostileReader.All.Single(reader => reader.Name == name), seed: 1, 0, Cases, folder.Path));
    }

    [Theory, MemberData(nameof(Readers))]
    public void A_large_file_of_short_entries_takes_no_more_memory_than_is_said(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.Null(Fuzzer.RunLarge(HostileReader.All.Single(reader => reader.Name == name), folder.Path, out _));
    }
}
