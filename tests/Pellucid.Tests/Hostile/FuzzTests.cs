namespace Pellucid.Tests.Hostile;

public sealed class FuzzTests
{
    private const int Cases = 400;

    public static TheoryData<string> Readers => [.. HostileReader.All.Select(reader => reader.Name)];

    [Theory, MemberData(nameof(Readers))]
    public void A_damaged_file_is_read_or_refused_in_one_line(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.Null(Fuzzer.Run(HostileReader.All.Single(reader => reader.Name == name), seed: 1, 0, Cases, folder.Path));
    }

    [Theory]
    [InlineData("config.json", 398487)]
    [InlineData("JSONL", 215583)]
    [InlineData("JSONL", 135831)]
    public void A_broken_word_of_JSON_costs_no_copies_of_all_that_follows(string name, long number)
    {
        using var folder = new TemporaryFolder();
        var reader = HostileReader.All.Single(reader => reader.Name == name);
        Assert.Null(Fuzzer.Run(reader, seed: 4, 0, 1, folder.Path)); // what is made once for all is made here
        Assert.Null(Fuzzer.Run(reader, seed: 4, number, 1, folder.Path));
    }

    [Theory]
    [InlineData(11361)]
    [InlineData(36881)]
    public void A_list_of_thousands_is_neither_made_into_objects_nor_quoted_whole(long number)
    {
        using var folder = new TemporaryFolder();
        var reader = HostileReader.All.Single(reader => reader.Name == "config.json of other families");
        Assert.Null(Fuzzer.Run(reader, seed: 12, 0, 1, folder.Path)); // what is made once for all is made here
        Assert.Null(Fuzzer.Run(reader, seed: 12, number, 1, folder.Path));
    }

    [Theory, MemberData(nameof(Readers))]
    public void A_large_file_of_short_entries_takes_no_more_memory_than_is_said(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.Null(Fuzzer.RunLarge(HostileReader.All.Single(reader => reader.Name == name), folder.Path, out _));
    }
}
