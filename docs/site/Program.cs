using Pellucid.Site;

// The documents as a static site: dotnet run --project docs/site -- OUT [REPOSITORY]
// With the address of the repository, what is no document is linked there; without it such links are text.
if (args is not [var output, .. { Length: <= 1 } rest])
{
    Console.Error.WriteLine("usage: dotnet run --project docs/site -- OUT [REPOSITORY]");
    return 2;
}
var library = new Library(Library.FindRoot(), rest.FirstOrDefault());
var wrong = library.Collect();
if (wrong.Count > 0)
{
    foreach (var line in wrong)
        Console.Error.WriteLine(line);
    return 1;
}
new SiteWriter(library, output).Write();
Console.WriteLine($"{library.Pages.Count} pages, {library.Files.Count} files: {Path.Combine(Path.GetFullPath(output), "index.html")}");
return 0;
